#include "tests/model/edition.h"

namespace partner::model {
namespace {

Edition Make(bool offers_none, bool refuses_partner_tenants) {
  const v1::AdminDuty provisioning = v1::ADMIN_DUTY_PROVISIONING;
  const v1::AdminDuty support = v1::ADMIN_DUTY_SUPPORT;
  return {offers_none,
          refuses_partner_tenants,
          {"azure", "dynamics-crm", "enterprise-mobility", "exchange-online",
           "office-proplus", "sharepoint-online", "skype-for-business"},
          {{"assign_licenses", {provisioning}},
           {"configure_services", {provisioning}},
           {"manage_users", {provisioning}},
           {"view_directory", {provisioning, support}},
           {"open_tickets", {support}},
           {"reset_passwords", {support}},
           {"view_service_health", {support}}}};
}

}  // namespace

const std::vector<std::string>& Programs() {
  static const auto* const programs =
      new std::vector<std::string>{"global", "germany", "china-21vianet"};
  return *programs;
}

const Edition& EditionOf(const std::string& program) {
  static const auto* const editions =
      new std::map<std::string, Edition>{{"global", Make(true, true)},
                                         {"germany", Make(false, true)},
                                         {"china-21vianet", Make(true, false)}};
  return editions->at(program);
}

bool IsProgramme(v1::EnrollmentType type) {
  return type == v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER ||
         type == v1::ENROLLMENT_TYPE_INDIRECT_RESELLER ||
         type == v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER;
}

bool MayInvite(v1::EnrollmentType type) {
  return type == v1::ENROLLMENT_TYPE_INDIRECT_PROVIDER ||
         type == v1::ENROLLMENT_TYPE_DIRECT_BILL_PARTNER;
}

}  // namespace partner::model
