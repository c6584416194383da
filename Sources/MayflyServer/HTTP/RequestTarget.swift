import MayflyAPI

/// The path and the query of a request line, in origin form (RFC 9112, section 3.2.1).
struct RequestTarget {
    let path: Substring
    let query: Substring

    init(_ text: String) throws(Rejection) {
        guard text.hasPrefix("/"), !text.contains("#"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw .notServed(
                Problem(
                    .invalidRequest, detail: "the request's target is not a path", hint: "such as /v1/whoami")
            )
        }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts[0]
        query = parts.count > 1 ? parts[1] : ""
    }
}
