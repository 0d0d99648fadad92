#ifndef PARTNER_SERVER_RPC_VERSION_H_
#define PARTNER_SERVER_RPC_VERSION_H_

namespace partner::server {

// Version of the server.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_VERSION_H_
