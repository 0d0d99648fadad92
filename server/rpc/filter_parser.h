#ifndef PARTNER_SERVER_RPC_FILTER_PARSER_H_
#define PARTNER_SERVER_RPC_FILTER_PARSER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "server/rpc/filter.h"

namespace partner::server {

// Reads one filter text; Filter::Parse is the way in.
class FilterParser {
 public:
  FilterParser(absl::string_view text,
               const google::protobuf::Descriptor* resource)
      : text_(text), resource_(resource) {}

  // False after a mistake, with `error` and `error_position` (in bytes, the
  // first is 1).
  bool Parse(Filter* filter);
  const std::string& error() const { return error_; }
  std::size_t error_position() const { return error_at_ + 1; }

 private:
  using Field = google::protobuf::FieldDescriptor;

  bool ParseCondition(Filter::Condition* condition);
  bool ParsePath(Filter::Condition* condition);
  bool ParseOperator(Filter::Condition* condition);
  bool ParseValue(Filter::Condition* condition);
  bool ReadValueText(std::string* value);
  bool ReadQuoted(std::string* value);
  bool Convert(const std::string& text, const Field* field,
               Filter::Value* value);
  bool ConvertEnum(const std::string& text, const Field* field,
                   Filter::Value* value);

  void SkipSpaces();
  absl::string_view ReadWord(absl::string_view more_characters);
  bool Fail(std::size_t at, std::string error);

  const absl::string_view text_;
  const google::protobuf::Descriptor* const resource_;
  std::size_t at_ = 0;
  std::string error_;
  std::size_t error_at_ = 0;
};

}  // namespace partner::server

#endif  // PARTNER_SERVER_RPC_FILTER_PARSER_H_
