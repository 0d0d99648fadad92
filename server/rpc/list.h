#ifndef PARTNER_SERVER_RPC_LIST_H_
#define PARTNER_SERVER_RPC_LIST_H_

#include <cstddef>
#include <variant>

#include "hierarchy/model/names.h"
#include "server/rpc/backend.h"
#include "server/rpc/method.h"

namespace partner::server {

// Limits of every list.
inline constexpr int kPageSizeDefault = 50;
inline constexpr int kPageSizeMax = 1000;
inline constexpr int kRowsExaminedMax = 20000;
inline constexpr std::size_t kPageBytesMax = 3u << 20;

// The handler of a List: works on any request with the usual fields and any
// response with the resources as its first field, `next_page_token` and
// `revision`. Resources come ordered by name as bytes. Every page is of the
// revision and moment of the first; what the caller may see is decided by the
// facts of now. A page ends early, with a token, after kRowsExaminedMax rows or
// kPageBytesMax bytes.
ReadHandler ListHandler(const Backend* backend, hierarchy::Kind kind);

// The items of a page by the request's `page_size`; FIELD_INVALID when that is
// negative.
std::variant<std::size_t, hierarchy::Refusal> PageSizeOf(int page_size);

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_LIST_H_
