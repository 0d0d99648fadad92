#ifndef PARTNER_HIERARCHY_RULES_REQUEST_FORM_H_
#define PARTNER_HIERARCHY_RULES_REQUEST_FORM_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "hierarchy/rules/form_table.h"
#include "hierarchy/rules/refusal.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::hierarchy {

// What a request says before anybody looks at any state, the same for every
// request of one type. Its fields are found by name once: with each request it
// would take longer than the rest of a check does. Immutable.
class RequestForm {
 public:
  // `prototype`: a message of the type.
  explicit RequestForm(const google::protobuf::Message& prototype);

  // The options of a mutation; nullptr when the type has none.
  const v1::MutationOptions* OptionsOf(
      const google::protobuf::Message& request) const;
  // The options of a read, empty when not sent; nullptr when the type has none.
  const v1::ReadOptions* ReadOptionsOf(
      const google::protobuf::Message& request) const;
  // The program id the request is about (from its name, parent, partner, ...),
  // empty when it names none. Does not validate.
  absl::string_view ProgramOf(const google::protobuf::Message& request) const;
  // Everything that is wrong with a request without looking at any state:
  // missing and malformed fields, lengths, control characters, unknown enum
  // values, names of another kind or program, request id. Empty when it is
  // well-formed.
  std::vector<Violation> Check(const google::protobuf::Message& request) const;

  // For the checks themselves. `fields` is null where nothing is asked.
  const Fields* fields() const { return fields_; }
  const google::protobuf::Reflection* reflection() const { return reflection_; }
  // The moment asked about; null where there is none.
  const google::protobuf::FieldDescriptor* at() const { return at_; }
  const std::vector<const google::protobuf::FieldDescriptor*>& sizes() const {
    return sizes_;
  }

 private:
  // A field with a resource name, perhaps of a message of the request.
  struct NameField {
    const google::protobuf::FieldDescriptor* holder;  // Null: the request.
    const google::protobuf::FieldDescriptor* name;
    const google::protobuf::Reflection* reflection;  // Of what holds the name.
  };

  void AddName(const google::protobuf::Message& prototype,
               const google::protobuf::FieldDescriptor* field);

  const google::protobuf::Reflection* reflection_;
  const Fields* fields_;
  // Null where there is none.
  const google::protobuf::FieldDescriptor* options_ = nullptr;
  const google::protobuf::FieldDescriptor* read_options_ = nullptr;
  const google::protobuf::FieldDescriptor* at_ = nullptr;
  std::vector<const google::protobuf::FieldDescriptor*> sizes_;
  // The first that is filled in says what program the request is about.
  std::vector<NameField> names_;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_RULES_REQUEST_FORM_H_
