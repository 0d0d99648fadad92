#include "server/rpc/filter_parser.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace partner::server {
namespace {

using google::protobuf::FieldDescriptor;

constexpr char kTimestamp[] = "google.protobuf.Timestamp";

bool IsTime(const FieldDescriptor* field) {
  return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() == kTimestamp;
}

bool IsOrdered(const FieldDescriptor* field) {
  return IsTime(field) || field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
         field->cpp_type() == FieldDescriptor::CPPTYPE_INT64;
}

// `PARTNER_STATE_` for the values of PartnerState: what all of them begin with
// up to the name of the first, which is always UNSPECIFIED.
std::size_t PrefixBytes(const google::protobuf::EnumDescriptor* type) {
  constexpr absl::string_view kUnspecified = "UNSPECIFIED";
  return type->value(0)->name().size() - kUnspecified.size();
}

}  // namespace

bool FilterParser::Parse(Filter* filter) {
  SkipSpaces();
  while (at_ < text_.size()) {
    if (filter->conditions_.size() == Filter::kConditionsMax) {
      return Fail(at_, absl::StrCat("more than ", Filter::kConditionsMax,
                                    " conditions"));
    }
    if (!ParseCondition(&filter->conditions_.emplace_back())) return false;
    SkipSpaces();
    if (at_ == text_.size()) return true;
    const std::size_t begin = at_;
    if (ReadWord("") != "AND") return Fail(begin, "expected AND");
    SkipSpaces();
    if (at_ == text_.size()) return Fail(at_, "expected a condition");
  }
  return true;
}

bool FilterParser::ParseCondition(Filter::Condition* condition) {
  return ParsePath(condition) && ParseOperator(condition) &&
         ParseValue(condition);
}

bool FilterParser::ParsePath(Filter::Condition* condition) {
  const google::protobuf::Descriptor* type = resource_;
  while (true) {
    const std::size_t begin = at_;
    const std::string name(ReadWord(""));
    if (name.empty()) return Fail(begin, "expected a field");
    if (type == nullptr) {
      return Fail(begin, absl::StrCat(condition->path.back()->name(),
                                      " has no fields"));
    }
    const FieldDescriptor* field = type->FindFieldByName(name);
    if (field == nullptr) {
      return Fail(begin, absl::StrCat("there is no field ", name));
    }
    condition->path.push_back(field);
    const bool nested =
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsTime(field);
    if (at_ == text_.size() || text_[at_] != '.') {
      return nested ? Fail(at_, absl::StrCat("expected a field of ", name))
                    : true;
    }
    type = nested ? field->message_type() : nullptr;
    ++at_;
  }
}

bool FilterParser::ParseOperator(Filter::Condition* condition) {
  SkipSpaces();
  constexpr std::pair<absl::string_view, Filter::Operator> kOperators[] = {
      {"!=", Filter::Operator::kNotEqual},
      {"<=", Filter::Operator::kLessOrEqual},
      {">=", Filter::Operator::kGreaterOrEqual},
      {"=", Filter::Operator::kEqual},
      {"<", Filter::Operator::kLess},
      {">", Filter::Operator::kGreater},
  };
  for (const auto& [text, op] : kOperators) {
    if (!absl::StartsWith(text_.substr(at_), text)) continue;
    const bool compares_order =
        op != Filter::Operator::kEqual && op != Filter::Operator::kNotEqual;
    if (compares_order && !IsOrdered(condition->path.back())) {
      return Fail(at_, absl::StrCat(condition->path.back()->name(),
                                    " knows only = and !="));
    }
    condition->op = op;
    at_ += text.size();
    return true;
  }
  return Fail(at_, "expected one of = != < <= > >=");
}

bool FilterParser::ParseValue(Filter::Condition* condition) {
  SkipSpaces();
  const std::size_t begin = at_;
  std::string text;
  if (!ReadValueText(&text)) return false;
  if (Convert(text, condition->path.back(), &condition->value)) return true;
  error_at_ = begin;
  return false;
}

bool FilterParser::ReadValueText(std::string* value) {
  if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted(value);
  const std::size_t begin = at_;
  *value = std::string(ReadWord("-+:."));
  return value->empty() ? Fail(begin, "expected a value") : true;
}

bool FilterParser::ReadQuoted(std::string* value) {
  const std::size_t begin = at_++;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return true;
    }
    if (text_[at_] == '\\') {
      ++at_;
      if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\\')) {
        return Fail(at_ - 1, "only \\\" and \\\\ are escapes");
      }
    }
    value->push_back(text_[at_]);
  }
  return Fail(begin, "the quote is not closed");
}

bool FilterParser::Convert(const std::string& text,
                           const FieldDescriptor* field, Filter::Value* value) {
  if (IsTime(field)) {
    absl::Time time;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
      return Fail(at_, "expected a time such as 2026-01-31T00:00:00Z");
    }
    *value = absl::ToUnixMicros(time);
    return true;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      *value = text;
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      *value = static_cast<std::int64_t>(text == "true");
      return text == "true" || text == "false" ||
             Fail(at_, "expected true or false");
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64: {
      std::int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) {
        return Fail(at_, "expected a whole number");
      }
      *value = number;
      return true;
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return ConvertEnum(text, field, value);
    default:
      return Fail(at_, absl::StrCat(field->name(), " cannot be compared"));
  }
}

bool FilterParser::ConvertEnum(const std::string& text,
                               const FieldDescriptor* field,
                               Filter::Value* value) {
  const google::protobuf::EnumDescriptor* type = field->enum_type();
  const std::size_t prefix = PrefixBytes(type);
  std::vector<std::string> names;
  for (int i = 1; i < type->value_count(); ++i) {
    names.push_back(type->value(i)->name().substr(prefix));
    if (names.back() == text) {
      *value = static_cast<std::int64_t>(type->value(i)->number());
      return true;
    }
  }
  return Fail(at_,
              absl::StrCat("expected one of ", absl::StrJoin(names, ", ")));
}

void FilterParser::SkipSpaces() {
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
}

absl::string_view FilterParser::ReadWord(absl::string_view more_characters) {
  const std::size_t begin = at_;
  while (at_ < text_.size() &&
         (absl::ascii_isalnum(static_cast<unsigned char>(text_[at_])) ||
          text_[at_] == '_' ||
          more_characters.find(text_[at_]) != absl::string_view::npos)) {
    ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

bool FilterParser::Fail(std::size_t at, std::string error) {
  error_at_ = at;
  error_ = std::move(error);
  return false;
}

}  // namespace partner::server
