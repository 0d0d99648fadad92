#include "server/ledger/replay.h"

#include <openssl/sha.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "partner/hierarchy/v1/common.pb.h"

namespace partner::server {

std::string ReplayKey(const hierarchy::Principal& principal,
                      absl::string_view request_id) {
  // Neither part holds a line break.
  return absl::StrCat(principal.name,
                      principal.customer_admin ? " (admin)\n" : "\n",
                      absl::AsciiStrToLower(request_id));
}

std::string ContentHash(absl::string_view service, absl::string_view method,
                        const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> content(request.New());
  content->CopyFrom(request);
  content->DiscardUnknownFields();
  if (const auto* field =
          content->GetDescriptor()->FindFieldByName("options")) {
    static_cast<hierarchy::v1::MutationOptions*>(
        content->GetReflection()->MutableMessage(content.get(), field))
        ->clear_request_id();
  }
  std::string bytes = absl::StrCat(service, ".", method, "\n");
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content->SerializeToCodedStream(&coded);
  }
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

}  // namespace partner::server
