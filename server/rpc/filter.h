#ifndef PARTNER_SERVER_RPC_FILTER_H_
#define PARTNER_SERVER_RPC_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "hierarchy/rules/refusal.h"

namespace partner::server {

// A filter of a list: a subset of AIP-160.
//
//   filter    = [ condition { "AND" condition } ]
//   condition = path operator value
//   path      = field { "." field }
//   operator  = "=" | "!=" | "<" | "<=" | ">" | ">="
//   value     = '"' text with \" and \\ '"' | word
//
// Texts, truth values and enums (by name without prefix) know = and !=;
// numbers and times (RFC 3339) know all operators. A path through a repeated
// field holds when any element matches; != is always the opposite of =. Nothing
// compares with a time that is not set, so only != holds for it.
class Filter {
 public:
  static constexpr std::size_t kBytesMax = 1024;
  static constexpr int kConditionsMax = 20;

  // FILTER_INVALID with the position of the first mistake.
  static std::variant<Filter, hierarchy::Refusal> Parse(
      absl::string_view text, const google::protobuf::Descriptor* resource);

  bool Matches(const google::protobuf::Message& resource) const;

  // The text a top-level field must be equal to, when the filter says so.
  std::optional<std::string> EqualTo(absl::string_view field) const;

 private:
  friend class FilterParser;
  enum class Operator : std::uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
  };
  // Numbers hold truth values, enums and times (microseconds), too.
  using Value = std::variant<std::string, std::int64_t>;
  struct Condition {
    std::vector<const google::protobuf::FieldDescriptor*> path;
    Operator op = Operator::kEqual;
    Value value;
  };

  static bool Holds(const Condition& condition,
                    const google::protobuf::Message& message,
                    std::size_t depth);
  static bool HoldsFor(const Condition& condition,
                       const google::protobuf::Message& message,
                       const google::protobuf::FieldDescriptor* field,
                       int index);
  static bool Compares(Operator op, std::int64_t a, std::int64_t b);

  std::vector<Condition> conditions_;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_FILTER_H_
