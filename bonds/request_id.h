// The name of one request to the bond store.

#ifndef BONDD_BONDS_REQUEST_ID_H_
#define BONDD_BONDS_REQUEST_ID_H_

#include <cstdint>

namespace bondd::bonds {

// Never used again while the store is open.
enum class RequestId : uint64_t {};

}  // namespace bondd::bonds

#endif  // BONDD_BONDS_REQUEST_ID_H_
