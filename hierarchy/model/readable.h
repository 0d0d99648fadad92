#ifndef PARTNER_HIERARCHY_MODEL_READABLE_H_
#define PARTNER_HIERARCHY_MODEL_READABLE_H_

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "hierarchy/model/names.h"

namespace partner::hierarchy {

// Whether the graph and the rules can make sense of a stored document that
// parsed: it has the name it is stored under, and what they look at holds only
// enum numbers known here and times a Timestamp allows. Anything else was
// damaged or written by a later version. `document` is of the kind.
bool IsReadable(Kind kind, absl::string_view name,
                const google::protobuf::Message& document);

}  // namespace partner::hierarchy

#endif  // PARTNER_HIERARCHY_MODEL_READABLE_H_
