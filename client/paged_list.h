#ifndef PARTNER_CLIENT_PAGED_LIST_H_
#define PARTNER_CLIENT_PAGED_LIST_H_

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

#include "client/error.h"
#include "client/partner_client.h"

namespace partner::client {

// All items of a paged list, visited once from begin() to end(). Made by
// PartnerClient::List. Pages are fetched when they are needed; all are of the
// same revision. A failed page ends the loop early: look at error() after it.
// Holds one page in memory. Move-only; not thread-safe.
template <class Request, class Response, class Item>
class PagedList {
  struct Pages;

 public:
  using Fetch = std::function<Result<Response>(const Request& request)>;
  using Items =
      const google::protobuf::RepeatedPtrField<Item>& (Response::*)() const;

  PagedList(Fetch fetch, Items items, Request request)
      : pages_(std::make_unique<Pages>(
            Pages{std::move(fetch), items, std::move(request), {}, {}, 0})) {}

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = const Item&;

    iterator() = default;
    reference operator*() const { return pages_->Current(); }
    pointer operator->() const { return &pages_->Current(); }
    iterator& operator++() {
      ++pages_->next;
      if (!pages_->Advance()) pages_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& a, const iterator& b) {
      return a.pages_ == b.pages_;
    }
    friend bool operator!=(const iterator& a, const iterator& b) {
      return !(a == b);
    }

   private:
    friend class PagedList;
    Pages* pages_ = nullptr;
  };

  // Fetches the first page. Call it once.
  iterator begin() {
    iterator first;
    if (pages_->Load() && pages_->Advance()) first.pages_ = pages_.get();
    return first;
  }
  iterator end() { return {}; }

  // OK, or why the list is not complete.
  const Error& error() const { return pages_->error; }
  // The page visited last, for example for its revision.
  const Response& page() const { return pages_->page; }

 private:
  struct Pages {
    Fetch fetch;
    Items items;
    Request request;
    Response page;
    Error error;
    int next;

    const Item& Current() const { return (page.*items)().Get(next); }

    bool Load() {
      Result<Response> answer = fetch(request);
      if (!answer.ok()) {
        error = answer.error();
        return false;
      }
      page = std::move(answer.value());
      next = 0;
      return true;
    }

    // Makes `next` an item that exists. A page may be empty and still not the
    // last: only the token tells.
    bool Advance() {
      while (next >= (page.*items)().size()) {
        if (page.next_page_token().empty()) return false;
        request.set_page_token(page.next_page_token());
        if (!Load()) return false;
      }
      return true;
    }
  };

  // On the heap: iterators keep pointing to it when the list moves.
  std::unique_ptr<Pages> pages_;
};

}  // namespace partner::client

#endif  // PARTNER_CLIENT_PAGED_LIST_H_
