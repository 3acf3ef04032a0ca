# Completion of bondctl for bash. The commands and options come from bondctl
# itself, adapters and addresses from the running daemon.

_bondctl_help() {
  bondctl $1 --help 2>/dev/null
}

_bondctl_commands() {
  _bondctl_help '' | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

_bondctl_options() {
  _bondctl_help "$1" | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-zA-Z-]*' |
    grep -oE -- '--?[a-zA-Z-]+'
}

_bondctl_adapters() {
  bondctl adapters 2>/dev/null | sed -n 's/^\([a-z0-9]*\) .*/\1/p'
}

# Addresses of bonds and handles of links, of one adapter or of the only one.
_bondctl_peers() {
  { bondctl $1 bonds; bondctl $1 connections; } 2>/dev/null |
    grep -oE '([0-9A-F]{2}:){5}[0-9A-F]{2}' | sort -u
  bondctl $1 connections 2>/dev/null | sed -n 's/^\(0x[0-9a-f]*\) .*/\1/p'
}

_bondctl_values() {
  case $1 in
    -a|--adapter) _bondctl_adapters ;;
    --io-cap|--iocap|--peer-io-cap)
      echo DisplayOnly DisplayYesNo KeyboardOnly NoInputNoOutput \
        KeyboardDisplay auto ;;
    --agent) echo prompt auto none ;;
    --type) echo public random ;;
    --sc|--peer-sc) echo off on only ;;
    --mitm|--oob|--peer-mitm|--peer-oob) echo no yes auto ;;
    --bonding|--keypress|--peer-bonding|--peer-keypress) echo no yes ;;
    --methods|--peer-methods)
      local before=
      [[ $current == *,* ]] && before=${current%,*},
      printf "$before%s\n" JustWorks NumericComparison PasskeyEntry OutOfBand
      ;;
    --debug-keys|--peer-debug-keys) echo reject accept use ;;
    --replace|--peer-replace) echo never ask not-weaker always ;;
    --require-level|--sec-level|--peer-require-level) echo 1 2 3 4 ;;
    --bus) echo system session ;;
    *) return 1 ;;
  esac
}

_bondctl_words() {
  case $1 in
    set) echo pairable trace privacy ;;
    oob) echo generate release set clear ;;
    export) echo json bluez wireshark ;;
    import) echo json bluez ;;
    confirm) echo yes no; _bondctl_peers "$2" ;;
    agent) _bondctl_values --io-cap ;;
    run) echo SM.initiate_pairing SM.accept_pairing SM.set_passkey \
           SM.remove_bonding SM.is_device_bonded SM.initiate_encryption \
           SM.set_oob SM.send_security_request ;;
    show) _bondctl_adapters; _bondctl_peers "$2" ;;
    adapters|bonds|connections|scan|advertise|monitor|doctor|predict|trust) ;;
    *) _bondctl_peers "$2" ;;
  esac
}

_bondctl() {
  local current previous words cword command= adapter= i values
  if declare -F _init_completion >/dev/null; then
    # Addresses have colons, which bash takes for the end of a word.
    _init_completion -n : || return
    current=$cur previous=$prev
  else
    words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    current=${words[cword]} previous=${words[cword - 1]}
  fi
  for ((i = 1; i < cword; i++)); do
    case ${words[i]} in
      -a|--adapter) adapter="-a ${words[++i]}" ;;
      --bus|--bus-name) ((i++)) ;;
      -*) ;;
      *) command=${words[i]}; break ;;
    esac
  done
  if values=$(_bondctl_values "$previous"); then
    :
  elif [[ $current == -* ]]; then
    values=$(_bondctl_options "$command")
  elif [[ -z $command ]]; then
    values="$(_bondctl_commands) run"
  else
    values=$(_bondctl_words "$command" "$adapter")
  fi
  COMPREPLY=($(compgen -W "$values" -- "$current"))
  if [[ $command == export || $command == import ]] &&
     [[ ${#COMPREPLY[@]} == 0 ]]; then
    COMPREPLY=($(compgen -f -- "$current"))
  fi
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "$current"
  fi
}

complete -F _bondctl bondctl
