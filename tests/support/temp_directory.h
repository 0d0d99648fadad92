#ifndef PARTNER_TESTS_SUPPORT_TEMP_DIRECTORY_H_
#define PARTNER_TESTS_SUPPORT_TEMP_DIRECTORY_H_

#include <string>

namespace partner::test {

// A new empty directory that is removed with everything in it.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  // `path()/name`.
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace partner::test

#endif  // PARTNER_TESTS_SUPPORT_TEMP_DIRECTORY_H_
