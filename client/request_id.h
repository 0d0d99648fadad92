#ifndef PARTNER_CLIENT_REQUEST_ID_H_
#define PARTNER_CLIENT_REQUEST_ID_H_

#include <string>

namespace partner::client {

// A new UUID of version 7 in the 36-character form: time-ordered, 74 random
// bits. Thread-safe.
std::string NewRequestId();

}  // namespace partner::client

#endif  // PARTNER_CLIENT_REQUEST_ID_H_
