#include "tests/integration/bus_values.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace bondd::integration {
namespace {

using Json = nlohmann::ordered_json;

void Check(int result, const char* what) {
  if (result < 0) throw std::runtime_error(what);
}

// The types that numbers have in the dictionaries of the contract.
std::string TypeInDictionary(const std::string& key, const Json& value) {
  constexpr std::array<std::string_view, 6> kOctets = {
      "MinKeySize", "MaxKeySize", "RequireLevel",
      "Level",      "Exponent",   "MaxAttempts"};
  if (value.is_object()) return "a{sv}";
  if (value.is_boolean()) return "b";
  if (value.is_string()) return key == "Agent" ? "o" : "s";
  if (value.is_array()) {
    return !value.empty() && value.front().is_number() ? "ay" : "as";
  }
  if (key == "Ediv") return "q";
  if (key == "Rand") return "t";
  return std::ranges::find(kOctets, key) != kOctets.end() ? "y" : "u";
}

void AppendBasic(sd_bus_message* message, char type, const Json& value) {
  int result = -1;
  switch (type) {
    case 's':
    case 'o':
      result = sd_bus_message_append_basic(message, type,
                                           value.get<std::string>().c_str());
      break;
    case 'h': {
      const int descriptor = value.get<int>();
      result = sd_bus_message_append_basic(message, type, &descriptor);
      break;
    }
    case 'b': {
      const int boolean = value.get<bool>() ? 1 : 0;
      result = sd_bus_message_append_basic(message, type, &boolean);
      break;
    }
    case 'y':
    case 'q':
    case 'u':
    case 't': {
      // Little-endian: the narrower types are the first octets.
      const uint64_t number = value.get<uint64_t>();
      result = sd_bus_message_append_basic(message, type, &number);
      break;
    }
    default:
      break;
  }
  Check(result, "an argument does not fit its type");
}

void AppendStrings(sd_bus_message* message, const Json& values) {
  Check(sd_bus_message_open_container(message, 'a', "s"), "array");
  for (const Json& value : values) AppendBasic(message, 's', value);
  Check(sd_bus_message_close_container(message), "array");
}

void AppendOctets(sd_bus_message* message, const Json& values) {
  const auto octets = values.get<std::vector<uint8_t>>();
  Check(sd_bus_message_append_array(message, 'y', octets.data(), octets.size()),
        "octets");
}

void AppendDictionary(sd_bus_message* message, const Json& values);

void AppendVariant(sd_bus_message* message, const std::string& type,
                   const Json& value) {
  Check(sd_bus_message_open_container(message, 'v', type.c_str()), "variant");
  if (type == "as") {
    AppendStrings(message, value);
  } else if (type == "ay") {
    AppendOctets(message, value);
  } else if (type == "a{sv}") {
    AppendDictionary(message, value);
  } else {
    AppendBasic(message, type.front(), value);
  }
  Check(sd_bus_message_close_container(message), "variant");
}

void AppendDictionary(sd_bus_message* message, const Json& values) {
  Check(sd_bus_message_open_container(message, 'a', "{sv}"), "dictionary");
  for (const auto& [key, value] : values.items()) {
    Check(sd_bus_message_open_container(message, 'e', "sv"), "entry");
    AppendBasic(message, 's', key);
    AppendVariant(message, TypeInDictionary(key, value), value);
    Check(sd_bus_message_close_container(message), "entry");
  }
  Check(sd_bus_message_close_container(message), "dictionary");
}

template <typename T>
Json ReadBasic(sd_bus_message* message, char type) {
  T value{};
  Check(sd_bus_message_read_basic(message, type, &value), "basic type");
  return value;
}

Json ReadOne(sd_bus_message* message, char type, const char* contents);

Json ReadAll(sd_bus_message* message) {
  Json values = Json::array();
  char type = 0;
  const char* contents = nullptr;
  while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
    values.push_back(ReadOne(message, type, contents));
  }
  return values;
}

Json ReadContainer(sd_bus_message* message, char type, const char* contents) {
  Check(sd_bus_message_enter_container(message, type, contents), "container");
  Json values = ReadAll(message);
  Check(sd_bus_message_exit_container(message), "container");
  if (type == 'v') return values.at(0);
  if (type != 'a' || contents[0] != '{') return values;
  Json dictionary = Json::object();
  for (Json& entry : values) {
    dictionary[entry.at(0).get<std::string>()] = std::move(entry.at(1));
  }
  return dictionary;
}

Json ReadOne(sd_bus_message* message, char type, const char* contents) {
  switch (type) {
    case 'a':
    case 'v':
    case 'r':
    case 'e':
      return ReadContainer(message, type, contents);
    case 'b':
      return ReadBasic<int>(message, type) != 0;
    case 'y':
      return ReadBasic<uint8_t>(message, type);
    case 'n':
      return ReadBasic<int16_t>(message, type);
    case 'q':
      return ReadBasic<uint16_t>(message, type);
    case 'u':
      return ReadBasic<uint32_t>(message, type);
    case 't':
      return ReadBasic<uint64_t>(message, type);
    default:
      return ReadBasic<const char*>(message, type);
  }
}

}  // namespace

void AppendValues(sd_bus_message* message, const std::string& signature,
                  const Json& values) {
  constexpr std::string_view kDictionary = "a{sv}";
  constexpr std::string_view kOctets = "ay";
  std::string_view rest = signature;
  for (const Json& value : values) {
    if (rest.starts_with(kDictionary)) {
      AppendDictionary(message, value);
      rest.remove_prefix(kDictionary.size());
    } else if (rest.starts_with(kOctets)) {
      AppendOctets(message, value);
      rest.remove_prefix(kOctets.size());
    } else if (rest.starts_with('v')) {
      AppendVariant(message, TypeInDictionary("", value), value);
      rest.remove_prefix(1);
    } else if (!rest.empty()) {
      AppendBasic(message, rest.front(), value);
      rest.remove_prefix(1);
    }
  }
  if (!rest.empty()) throw std::runtime_error("too few arguments");
}

Json ReadValues(sd_bus_message* message) {
  Check(sd_bus_message_rewind(message, 1), "rewind");
  return ReadAll(message);
}

}  // namespace bondd::integration
