#ifndef PARTNER_HIERARCHY_MODEL_PRINCIPAL_H_
#define PARTNER_HIERARCHY_MODEL_PRINCIPAL_H_

#include <cstdint>
#include <string>

namespace partner::hierarchy {

// Who is calling. A value; made by server/auth from the transport.
struct Principal {
  enum class Kind : std::uint8_t { kOperator, kAuditor, kPartner, kCustomer };
  Kind kind = Kind::kAuditor;
  // `operators/{id}`, `auditors/{id}`, or the resource name of a partner or a
  // customer. A customer may not exist yet: it may accept an invitation.
  std::string name;
  // For a customer: an administrator of its tenant (R48).
  bool customer_admin = false;
};

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_PRINCIPAL_H_
