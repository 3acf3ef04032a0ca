#include "cli/message.h"

#include <string>
#include <string_view>

namespace bondd::cli {

namespace {

Json ReadValue(sdbus::Message& message);

template <typename T>
Json Basic(sdbus::Message& message) {
  T value{};
  message >> value;
  return value;
}

template <typename T>
Json Text(sdbus::Message& message) {
  T value;
  message >> value;
  return static_cast<const std::string&>(value);
}

std::string ReadOctets(sdbus::Message& message) {
  Octets octets;
  message >> octets.bytes;
  return ToHex(octets.bytes);
}

Json ReadDictionary(sdbus::Message& message, const std::string& entry) {
  Json object = Json::object();
  const std::string inner = entry.substr(1, entry.size() - 2);
  message.enterContainer(entry.c_str());
  while (message.enterDictEntry(inner.c_str())) {
    const Json key = ReadValue(message);
    object[key.get<std::string>()] = ReadValue(message);
    message.exitDictEntry();
  }
  message.clearFlags();
  message.exitContainer();
  return object;
}

Json ReadArray(sdbus::Message& message, const std::string& element) {
  Json array = Json::array();
  message.enterContainer(element.c_str());
  while (!dbus::compat::PeekType(message).first.empty()) {
    array.push_back(ReadValue(message));
  }
  message.clearFlags();
  message.exitContainer();
  return array;
}

Json ReadContainer(sdbus::Message& message, char type,
                   const std::string& contents) {
  Json value;
  switch (type) {
    case 'v':
      message.enterVariant(contents.c_str());
      value = ReadValue(message);
      message.exitVariant();
      return value;
    case 'r':
      value = Json::array();
      message.enterStruct(contents.c_str());
      while (!dbus::compat::PeekType(message).first.empty()) {
        value.push_back(ReadValue(message));
      }
      message.clearFlags();
      message.exitStruct();
      return value;
    default:
      if (contents == "y") return ReadOctets(message);
      if (contents.starts_with('{')) return ReadDictionary(message, contents);
      return ReadArray(message, contents);
  }
}

Json ReadValue(sdbus::Message& message) {
  const auto [type, contents] = dbus::compat::PeekType(message);
  switch (type.empty() ? '\0' : type.front()) {
    case 'b':
      return Basic<bool>(message);
    case 'y':
      return Basic<uint8_t>(message);
    case 'q':
      return Basic<uint16_t>(message);
    case 'n':
      return Basic<int16_t>(message);
    case 'u':
      return Basic<uint32_t>(message);
    case 'i':
      return Basic<int32_t>(message);
    case 't':
      return Basic<uint64_t>(message);
    case 'x':
      return Basic<int64_t>(message);
    case 'd':
      return Basic<double>(message);
    case 's':
      return Text<std::string>(message);
    case 'o':
      return Text<sdbus::ObjectPath>(message);
    case 'g':
      return Text<sdbus::Signature>(message);
    case 'a':
    case 'r':
    case 'v':
      return ReadContainer(message, type.front(), contents);
    default:
      throw sdbus::Error(
          dbus::compat::ErrorName(
              "org.freedesktop.DBus.Error.InconsistentMessage"),
          std::string("the answer holds a value of a type unknown to bondctl"));
  }
}

struct SignatureOf {
  const char* operator()(bool) const { return "b"; }
  const char* operator()(uint8_t) const { return "y"; }
  const char* operator()(uint16_t) const { return "q"; }
  const char* operator()(uint32_t) const { return "u"; }
  const char* operator()(uint64_t) const { return "t"; }
  const char* operator()(const std::string&) const { return "s"; }
  const char* operator()(const ObjectPath&) const { return "o"; }
  const char* operator()(const Octets&) const { return "ay"; }
  const char* operator()(const std::vector<std::string>&) const { return "as"; }
};

struct Appender {
  sdbus::Message& message;

  void operator()(const Value& value) const { std::visit(*this, value); }
  void operator()(const ObjectPath& value) const {
    message << sdbus::ObjectPath(value.path);
  }
  void operator()(const Octets& value) const { message << value.bytes; }
  void operator()(const Descriptor& value) const {
    message << sdbus::UnixFd(value.fd);
  }
  void operator()(const Dictionary& value) const {
    message.openContainer("{sv}");
    for (const auto& [key, item] : value) {
      message.openDictEntry("sv");
      message << key;
      AsVariant(item);
      message.closeDictEntry();
    }
    message.closeContainer();
  }
  void operator()(const Variant& value) const {
    if (const auto* single = std::get_if<Value>(&value.value)) {
      AsVariant(*single);
      return;
    }
    message.openVariant("a{sv}");
    (*this)(std::get<Dictionary>(value.value));
    message.closeVariant();
  }
  template <typename T>
  void operator()(const T& value) const {
    message << value;
  }

  void AsVariant(const Value& value) const {
    message.openVariant(std::visit(SignatureOf(), value));
    std::visit(*this, value);
    message.closeVariant();
  }
};

}  // namespace

void Append(sdbus::Message& message, const Argument& argument) {
  std::visit(Appender{message}, argument);
}

Json ReadArguments(sdbus::Message& message) {
  Json arguments = Json::array();
  while (!dbus::compat::PeekType(message).first.empty()) {
    arguments.push_back(ReadValue(message));
  }
  message.clearFlags();
  return arguments;
}

}  // namespace bondd::cli
