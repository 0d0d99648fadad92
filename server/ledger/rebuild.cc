#include "server/ledger/rebuild.h"

#include <algorithm>
#include <iterator>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "hierarchy/rules/decider.h"
#include "partner/hierarchy/v1/customer.pb.h"
#include "partner/hierarchy/v1/partner.pb.h"
#include "server/ledger/engine.h"
#include "server/ledger/graph_loader.h"

namespace partner::server {

using hierarchy::Graph;

absl::StatusOr<Rebuilt> RebuildFromLive(absl::string_view program,
                                        const hierarchy::Catalogue* catalogue,
                                        StoreReader* reader) {
  Rebuilt rebuilt;
  rebuilt.graph = std::make_unique<Graph>(std::string(program), catalogue);
  GraphLoader loader(rebuilt.graph.get());
  absl::Status status = reader->ScanLive([&](const StoredDocument& document) {
    rebuilt.state_hash =
        Add(rebuilt.state_hash,
            HashDocument(document.kind, document.name, document.body));
    ++rebuilt.documents;
    return loader.Add(document);
  });
  status.Update(loader.End());
  if (!status.ok()) return status;
  return rebuilt;
}

absl::StatusOr<std::unique_ptr<Graph>> RebuildFromVersions(
    absl::string_view program, const hierarchy::Catalogue* catalogue,
    StoreReader* reader) {
  auto graph = std::make_unique<Graph>(std::string(program), catalogue);
  GraphLoader loader(graph.get());
  absl::Status status = reader->ScanVersions(
      1, [&](const StoredDocument& document) { return loader.Add(document); });
  status.Update(loader.End());
  if (!status.ok()) return status;
  return graph;
}

std::vector<std::string> CompareWithHead(const Rebuilt& rebuilt,
                                         const StoreHead& head) {
  std::vector<std::string> problems;
  if (!(rebuilt.state_hash == head.state_hash)) {
    problems.push_back(absl::StrCat("state hash is ", ToHex(rebuilt.state_hash),
                                    " by the live documents, ",
                                    ToHex(head.state_hash), " by the head"));
  }
  if (rebuilt.documents != head.documents) {
    problems.push_back(absl::StrCat(
        rebuilt.documents, " live documents, the head says ", head.documents));
  }
  return problems;
}

std::vector<std::string> CompareGraphs(const Graph& live, const Graph& replayed,
                                       std::int64_t revision) {
  constexpr std::size_t kLinesMax = 20;
  const std::vector<std::string> a = live.Describe(revision);
  const std::vector<std::string> b = replayed.Describe(revision);
  std::vector<std::string> differences;
  const auto add_only = [&differences](const char* where, const auto& these,
                                       const auto& those) {
    std::vector<std::string> only;
    std::set_difference(these.begin(), these.end(), those.begin(), those.end(),
                        std::back_inserter(only));
    differences.reserve(differences.size() + only.size());
    for (const std::string& line : only) {
      differences.push_back(absl::StrCat("only in ", where, ": ", line));
    }
  };
  add_only("the live documents", a, b);
  add_only("the history", b, a);
  if (differences.size() > kLinesMax) {
    const std::size_t more = differences.size() - kLinesMax;
    differences.resize(kLinesMax);
    differences.push_back(absl::StrCat("and ", more, " more differences"));
  }
  return differences;
}

absl::StatusOr<std::vector<std::string>> CompareHashes(StoreReader* reader) {
  std::vector<std::string> problems;
  absl::flat_hash_map<std::string, StateHash> documents;  // By name.
  StateHash sum;
  std::int64_t revision = 0;
  // All versions of `revision` are in `sum`.
  const auto compare = [&]() -> absl::Status {
    const auto record = reader->GetRevision(revision);
    if (!record.ok()) return record.status();
    if (!record->has_value()) {
      problems.push_back(absl::StrCat("revision ", revision, " is missing"));
    } else if ((*record)->state_hash != sum) {
      problems.push_back(absl::StrCat(
          "revision ", revision, ": the state hash kept with it is ",
          ToHex((*record)->state_hash), ", by its documents ", ToHex(sum)));
    }
    return absl::OkStatus();
  };
  absl::Status status =
      reader->ScanVersions(1, [&](const StoredDocument& document) {
        if (!problems.empty()) return absl::OkStatus();
        if (revision != 0 && document.revision != revision) {
          const absl::Status compared = compare();
          if (!compared.ok()) return compared;
        }
        revision = document.revision;
        StateHash& hash = documents[document.name];
        sum = Subtract(sum, hash);
        hash = HashDocument(document.kind, document.name, document.body);
        sum = Add(sum, hash);
        return absl::OkStatus();
      });
  if (status.ok() && problems.empty() && revision != 0) status = compare();
  if (!status.ok()) return status;
  return problems;
}

absl::StatusOr<std::vector<std::string>> CompareTenants(StoreReader* reader) {
  std::vector<std::string> problems;
  const absl::Status status =
      reader->ScanLive([&](const StoredDocument& document) {
        std::string key;
        if (document.kind == hierarchy::Kind::kPartner) {
          hierarchy::v1::Partner partner;
          partner.ParseFromString(document.body);
          key = hierarchy::PartnerTenantKey(partner.tenant_id());
        } else if (document.kind == hierarchy::Kind::kCustomer) {
          hierarchy::v1::Customer customer;
          customer.ParseFromString(document.body);
          key = hierarchy::CustomerTenantKey(customer.tenant_id());
        } else {
          return absl::OkStatus();
        }
        const auto name = reader->FindUnique(key);
        if (!name.ok()) return name.status();
        if (*name != document.name) {
          problems.push_back(
              absl::StrCat("the tenant of ", document.name, " is indexed as ",
                           name->has_value() ? absl::StrCat("that of ", **name)
                                             : "nobody's"));
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return problems;
}

absl::StatusOr<std::vector<std::string>> VerifyStore(
    absl::string_view program, const hierarchy::PolicyLibrary& policies,
    Store* store) {
  const hierarchy::Catalogue* catalogue = policies.CatalogueOf(program);
  if (catalogue == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no policy edition of program ", program));
  }
  absl::StatusOr<std::vector<std::string>> problems = store->CheckIntegrity();
  if (!problems.ok() || !problems->empty()) return problems;
  absl::StatusOr<Rebuilt> live =
      RebuildFromLive(program, catalogue, store->writer_reader());
  if (!live.ok()) return live.status();
  absl::StatusOr<std::unique_ptr<Graph>> replayed =
      RebuildFromVersions(program, catalogue, store->writer_reader());
  if (!replayed.ok()) return replayed.status();
  problems = CompareHashes(store->writer_reader());
  if (!problems.ok()) return problems.status();
  absl::StatusOr<std::vector<std::string>> tenants =
      CompareTenants(store->writer_reader());
  if (!tenants.ok()) return tenants.status();
  for (std::string& line : *tenants) problems->push_back(std::move(line));
  for (std::string& line : CompareWithHead(*live, store->head())) {
    problems->push_back(std::move(line));
  }
  for (std::string& line :
       CompareGraphs(*live->graph, **replayed, store->head().revision)) {
    problems->push_back(std::move(line));
  }
  return problems;
}

}  // namespace partner::server
