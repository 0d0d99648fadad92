#include "tests/model/edition.h"

#include <algorithm>

namespace partner::model {
namespace {

Edition Make(std::int64_t effective_from, bool offers_none,
             bool refuses_partner_tenants,
             bool closed_to_new_customers = false) {
  const v1::AdminDuty provisioning = v1::ADMIN_DUTY_PROVISIONING;
  const v1::AdminDuty support = v1::ADMIN_DUTY_SUPPORT;
  return {effective_from,
          offers_none,
          refuses_partner_tenants,
          closed_to_new_customers,
          /*one_delegate_per_service=*/true,
          {"azure", "dynamics-crm", "enterprise-mobility", "exchange-online",
           "office-proplus", "sharepoint-online", "skype-for-business"},
          {{"assign_licenses", {provisioning}},
           {"configure_services", {provisioning}},
           {"manage_users", {provisioning}},
           {"view_directory", {provisioning, support}},
           {"open_tickets", {support}},
           {"reset_passwords", {support}},
           {"view_service_health", {support}}},
          /*broad=*/true,
          /*granular=*/false,
          {}};
}

// D1, D2: broad and granular side by side, and R43 was dropped.
Edition SideBySide(std::int64_t effective_from) {
  Edition edition = Make(effective_from, true, true);
  edition.one_delegate_per_service = false;
  edition.granular = true;
  const std::set<std::string> service_admin = {
      "configure_services", "open_tickets", "view_service_health"};
  std::set<std::string> everything;
  for (const auto& [permission, duties] : edition.permissions) {
    everything.insert(permission);
  }
  edition.roles = {
      {"directory-reader", {{"view_directory"}, {}, false}},
      {"exchange-administrator", {service_admin, {"exchange-online"}, false}},
      {"global-administrator", {everything, {}, true}},
      {"helpdesk-administrator",
       {{"open_tickets", "reset_passwords", "view_directory"}, {}, false}},
      {"license-administrator",
       {{"assign_licenses", "view_directory"}, {}, false}},
      {"service-support-administrator",
       {{"open_tickets", "view_service_health"}, {}, false}},
      {"sharepoint-administrator",
       {service_admin, {"sharepoint-online"}, false}},
      {"user-administrator",
       {{"assign_licenses", "manage_users", "reset_passwords",
         "view_directory"},
        {},
        false}}};
  return edition;
}

}  // namespace

const std::vector<std::string>& Programs() {
  static const auto* const programs =
      new std::vector<std::string>{"global", "germany", "china-21vianet"};
  return *programs;
}

const std::vector<std::string>& EditionsOf(const std::string& program) {
  static const auto* const editions =
      new std::map<std::string, std::vector<std::string>>{
          {"global", {"global-2017-03", "global-2022-06"}},
          {"germany", {"germany-2017-03", "germany-2018-10"}},
          {"china-21vianet", {"china-21vianet-2018-10"}}};
  return editions->at(program);
}

const Edition& EditionNamed(const std::string& id) {
  static const auto* const editions = new std::map<std::string, Edition>{
      {"global-2017-03", Make(1490832000, true, true)},
      {"global-2022-06", SideBySide(1654041600)},
      {"germany-2017-03", Make(1490832000, false, true)},
      {"germany-2018-10", Make(1538352000, false, true, true)},
      {"china-21vianet-2018-10", Make(1540771200, true, false)}};
  return editions->at(id);
}

const Edition& EditionOf(const std::string& program) {
  return EditionNamed(EditionsOf(program).front());
}

int DifferencesBetween(const Edition& a, const Edition& b) {
  // GRANULAR brings who, how long, how long asked, how long more and R79, and
  // roles.
  const std::size_t roles = std::max(a.roles.size(), b.roles.size());
  return (a.granular != b.granular) * (5 + static_cast<int>(roles)) +
         (a.broad != b.broad || a.granular != b.granular) +
         (a.one_delegate_per_service != b.one_delegate_per_service) +
         (a.offers_none != b.offers_none) +
         (a.refuses_partner_tenants != b.refuses_partner_tenants) +
         (a.closed_to_new_customers != b.closed_to_new_customers);
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
