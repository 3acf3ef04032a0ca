// The published objects of one kind.

#ifndef BONDD_DBUS_OBJECT_SET_H_
#define BONDD_DBUS_OBJECT_SET_H_

#include <map>
#include <memory>
#include <utility>

#include "dbus/handler.h"

namespace bondd::dbus {

// Owned by Service, one set for each interface. An object that is removed while
// a handler runs may be the handler's own, so that it lives until Bury().
//
// `Object` is made of (connection, context, properties), and has Update(const
// Properties&), which returns the names of what has changed, and Properties.
template <typename Key, typename Object>
class ObjectSet {
 public:
  using Properties = typename Object::Properties;

  // Both are borrowed.
  ObjectSet(sdbus::IConnection& connection, HandlerContext& context)
      : connection_(connection), context_(context) {}

  // Adds the object or brings it up to date. Signals only when `emit`.
  void Publish(const Key& key, const Properties& properties, bool emit) {
    if (const auto entry = objects_.find(key); entry != objects_.end()) {
      const auto names = entry->second->Update(properties);
      if (emit) entry->second->EmitChanges(names);
      return;
    }
    auto removed = removed_.extract(key);
    std::unique_ptr<Object> object;
    if (removed) {
      object = std::move(removed.mapped());
      object->Update(properties);
    } else {
      object = std::make_unique<Object>(connection_, context_, properties);
    }
    const auto entry = objects_.emplace(key, std::move(object)).first;
    if (emit) entry->second->EmitAdded();
  }

  // False when there is no such object.
  bool Remove(const Key& key, bool emit) {
    auto object = objects_.extract(key);
    if (!object) return false;
    Object& borrowed = *object.mapped();
    removed_.insert(std::move(object));
    if (emit) borrowed.EmitRemoved();
    return true;
  }

  // Destroys what was removed. Never within a handler.
  void Bury() { removed_.clear(); }

  // nullptr when there is no such object. Borrowed until the next change.
  Object* Find(const Key& key) const {
    const auto entry = objects_.find(key);
    return entry == objects_.end() ? nullptr : entry->second.get();
  }

  const std::map<Key, std::unique_ptr<Object>>& objects() const {
    return objects_;
  }

 private:
  sdbus::IConnection& connection_;
  HandlerContext& context_;
  std::map<Key, std::unique_ptr<Object>> objects_;
  std::map<Key, std::unique_ptr<Object>> removed_;
};

}  // namespace bondd::dbus

#endif  // BONDD_DBUS_OBJECT_SET_H_
