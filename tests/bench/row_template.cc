#include "tests/bench/row_template.h"

#include <algorithm>
#include <utility>

#include "client/request_id.h"
#include "hierarchy/model/names.h"
#include "tests/bench/ledger.h"
#include "tests/bench/population.h"

namespace partner::bench {

using hierarchy::Kind;

std::vector<std::string> RowTemplate::PartsOf(std::uint64_t number,
                                              std::string request_id) {
  return {CustomerIdOf(number), TenantOf(number), std::move(request_id),
          hierarchy::EncodeId(number)};
}

RowTemplate::RowTemplate(server::NewRevision written, std::uint64_t number)
    : rows_(std::move(written)),
      parts_(PartsOf(number, rows_.record.request_id)) {
  // An acceptance lies under the invitation, so its id must be new. Those of
  // the others lie under their customer.
  for (const server::DocumentWrite& document : rows_.documents) {
    if (document.kind == Kind::kInvitationAcceptance) {
      parts_.back() = std::string(hierarchy::LastId(document.name));
    }
  }
  FindParts(&rows_.record.principal);
  FindParts(&rows_.record.acting_party);
  FindParts(&rows_.record.request_id);
  for (server::DocumentWrite& document : rows_.documents) {
    FindParts(&document.name);
    FindParts(&document.body);
    for (std::string& key : document.unique_keys) FindParts(&key);
  }
  FindParts(&rows_.request->key);
  FindParts(&rows_.request->response);
}

void RowTemplate::FindParts(std::string* text) {
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    for (std::size_t at = text->find(parts_[part]); at != std::string::npos;
         at = text->find(parts_[part], at + 1)) {
      places_.push_back({text, at, part});
    }
  }
}

const server::NewRevision& RowTemplate::For(std::uint64_t number) {
  std::vector<std::string> parts = PartsOf(number, client::NewRequestId());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].size() != parts_[i].size()) Die("row", "of another size");
  }
  parts_ = std::move(parts);
  for (const Place& place : places_) {
    place.text->replace(place.offset, parts_[place.part].size(),
                        parts_[place.part]);
  }
  return rows_;
}

bool RowTemplate::IsShared(const server::DocumentWrite& document) const {
  return std::none_of(places_.begin(), places_.end(), [&](const Place& place) {
    return place.text == &document.name;
  });
}

}  // namespace partner::bench
