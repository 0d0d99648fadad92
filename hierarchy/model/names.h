#ifndef PARTNER_HIERARCHY_MODEL_NAMES_H_
#define PARTNER_HIERARCHY_MODEL_NAMES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Resource names: `programs/{program}/...`. One table of patterns serves
// parsing, building and the store. Everything here is a pure function.
namespace partner::hierarchy {

// What a stored document is. The numbers are written to disk and never reused.
enum class Kind : std::uint8_t {
  kNone = 0,
  kPolicy = 1,
  kPartner = 2,
  kPartnership = 3,
  kCustomer = 4,
  kInvitation = 5,
  kInvitationForward = 6,
  kInvitationAcceptance = 7,
  kResellerRelationship = 8,
  kAdminRelationship = 9,
  // Not stored: data of policy editions.
  kProgram = 20,
  kService = 21,
  kRole = 22,
  kPolicyEdition = 23,
};

// Longest id in bytes.
inline constexpr std::size_t kIdBytesMax = 64;
// Characters of an id made by the server.
inline constexpr std::size_t kServerIdBytes = 13;

// A parsed resource name. `ids` are the variable segments after the program's,
// outermost first: for a forward {issuer, invitation, forward}.
struct ResourceName {
  Kind kind = Kind::kNone;
  std::string program;
  std::array<std::string, 3> ids;
};

// True for 1-64 bytes of `A-Z a-z 0-9 - _ .` beginning with a letter or digit.
bool IsValidId(absl::string_view id);

// Parses a full resource name; nullopt when it has no documented form. With
// `allow_wildcard` every id but the program's may be `-`.
std::optional<ResourceName> ParseName(absl::string_view name,
                                      bool allow_wildcard = false);

// As ParseName, and nullopt unless the name is of `kind`.
std::optional<ResourceName> ParseNameOf(Kind kind, absl::string_view name);

// The kind of a full name, kNone when it has no documented form. Cheap.
Kind KindOfName(absl::string_view name);

// The program id of a name (`global` of `programs/global/...`), empty when the
// name does not begin like one. Does not look at the rest.
absl::string_view ProgramOf(absl::string_view name);

// The last segment.
absl::string_view LastId(absl::string_view name);

// The name without its last two segments: the parent resource.
absl::string_view ParentOf(absl::string_view name);

// The pattern for people, for example
// `programs/{program}/partners/{partner}`.
absl::string_view PatternOf(Kind kind);

// The collection segment, for example `partners`; used when a name must be
// hidden.
absl::string_view CollectionOf(Kind kind);

// `programs/{program}`.
std::string ProgramName(absl::string_view program);
// `programs/{program}/partners/{id}`.
std::string PartnerName(absl::string_view program, absl::string_view id);
// `programs/{program}/customers/{id}`.
std::string CustomerName(absl::string_view program, absl::string_view id);
// `programs/{program}/policy`.
std::string PolicyName(absl::string_view program);
// `{parent}/{collection of kind}/{id}`.
std::string ChildName(absl::string_view parent, Kind kind,
                      absl::string_view id);

// 13 characters of Crockford's base 32 in lower case that sort like the number.
std::string EncodeId(std::uint64_t id);
// The number of an id made by EncodeId; nullopt otherwise.
std::optional<std::uint64_t> DecodeId(absl::string_view text);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_NAMES_H_
