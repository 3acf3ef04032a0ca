#include "tests/api/documented.h"

#include <fstream>
#include <iterator>
#include <regex>

namespace bondd::api::test {

namespace {

std::string Replace(const std::string& text, const char* pattern,
                    const char* with) {
  return std::regex_replace(text, std::regex(pattern), with);
}

// The names behind "Errors:" in the comment above a member.
std::set<std::string> ErrorsIn(const std::string& comment) {
  const std::string plain = Replace(comment, "\\s+", " ");
  std::smatch list;
  const std::regex errors("Errors(?: when set)?: (.*)-->");
  if (!std::regex_search(plain, list, errors)) return {};
  const std::string names = Replace(list[1], "\\([^)]*\\)", "");
  const std::regex name("Smp\\.\\*|\\b[A-Z][A-Za-z]+\\b");
  return {std::sregex_token_iterator(names.begin(), names.end(), name), {}};
}

void Add(const std::string& name, const std::set<std::string>& errors,
         Documented& documented) {
  documented.methods.insert(name);
  for (const std::string& error : errors) {
    documented.errors.insert(name + " " + error);
  }
}

void ReadInterface(const std::string& interface, Documented& documented) {
  std::ifstream in(std::string(BONDD_SOURCE_ROOT) + "/dbus/org.bondd." +
                   interface + ".xml");
  const std::string xml{std::istreambuf_iterator<char>(in), {}};
  const std::regex part(
      "<!--[\\s\\S]*?-->|<(method|property|signal) name=\"(\\w+)\"([^>]*)>|"
      "Method\\.Async");
  std::string comment;
  std::string member;
  for (std::sregex_iterator it(xml.begin(), xml.end(), part), end; it != end;
       ++it) {
    const std::string text = it->str();
    const std::string kind = (*it)[1];
    if (text.starts_with("<!--")) {
      comment = text;
      continue;
    }
    // What is answered later can be refused at once, as the page says above.
    if (text == "Method.Async") Add(member, {"Busy"}, documented);
    if (kind.empty()) continue;
    member = interface + "." + std::string((*it)[2]);
    const bool set = kind == "property" &&
                     (*it)[3].str().find("readwrite") != std::string::npos;
    if (kind == "property") documented.properties.insert(member);
    if (kind == "signal") documented.signals.insert(member);
    if (kind == "method") Add(member, ErrorsIn(comment), documented);
    if (set) Add("set " + member, ErrorsIn(comment), documented);
    comment.clear();
  }
}

}  // namespace

Documented ReadXml() {
  Documented documented;
  for (const char* interface :
       {"Manager1", "AgentManager1", "Adapter1", "Connection1", "Bond1"}) {
    ReadInterface(interface, documented);
  }
  return documented;
}

}  // namespace bondd::api::test
