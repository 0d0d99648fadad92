#include "server/rpc/method.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace partner::server {

using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

ServiceMethods::ServiceMethods(
    const google::protobuf::ServiceDescriptor* service)
    : service_(service) {
  MessageFactory* factory = MessageFactory::generated_factory();
  for (int i = 0; i < service->method_count(); ++i) {
    const MethodDescriptor* descriptor = service->method(i);
    auto method = std::make_unique<Method>();
    method->descriptor = descriptor;
    method->path =
        absl::StrCat("/", service->full_name(), "/", descriptor->name());
    method->label = absl::StrCat(service->name(), ".", descriptor->name());
    method->request = factory->GetPrototype(descriptor->input_type());
    method->response = factory->GetPrototype(descriptor->output_type());
    method->form.emplace(*method->request);
    method->time_max = kUnaryTimeMax;
    method->command =
        hierarchy::FindCommand(service->name(), descriptor->name());
    methods_[descriptor->name()] = std::move(method);
  }
}

void ServiceMethods::AddRead(absl::string_view method, ReadHandler handler) {
  Find(method, nullptr, nullptr)->read = std::move(handler);
}

void ServiceMethods::AddList(absl::string_view method, ReadHandler handler) {
  Method* entry = Find(method, nullptr, nullptr);
  entry->load = Load::kList;
  entry->time_max = kListTimeMax;
  entry->read = std::move(handler);
}

void ServiceMethods::AnswerEvenDraining(absl::string_view method) {
  Find(method, nullptr, nullptr)->even_draining = true;
}

absl::StatusOr<std::vector<Method*>> ServiceMethods::Complete() {
  std::vector<Method*> methods;
  for (int i = 0; i < service_->method_count(); ++i) {
    const MethodDescriptor* descriptor = service_->method(i);
    Method* method = methods_.find(descriptor->name())->second.get();
    const int handlers =
        (method->command != nullptr) +
        (method->answer != nullptr || method->read != nullptr) +
        (method->stream != nullptr);
    if (handlers != 1) {
      mistakes_.push_back(
          absl::StrCat(method->label, " has ", handlers, " handlers"));
    }
    if (descriptor->client_streaming() ||
        descriptor->server_streaming() != (method->stream != nullptr)) {
      mistakes_.push_back(
          absl::StrCat(method->label, " has a handler of another shape"));
    }
    methods.push_back(method);
  }
  if (!mistakes_.empty()) {
    return absl::InternalError(absl::StrJoin(mistakes_, "; "));
  }
  return methods;
}

Method* ServiceMethods::Find(absl::string_view method,
                             const google::protobuf::Descriptor* request,
                             const google::protobuf::Descriptor* response) {
  const auto found = methods_.find(std::string(method));
  if (found == methods_.end()) {
    mistakes_.push_back(
        absl::StrCat(service_->name(), " has no method ", method));
    return &unknown_;
  }
  const MethodDescriptor* descriptor = found->second->descriptor;
  if ((request != nullptr && request != descriptor->input_type()) ||
      (response != nullptr && response != descriptor->output_type())) {
    mistakes_.push_back(
        absl::StrCat(found->second->label, " has a handler of other types"));
    return &unknown_;
  }
  return found->second.get();
}

}  // namespace partner::server
