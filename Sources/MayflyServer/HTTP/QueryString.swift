import Foundation
import MayflyAPI
import MayflyCore

/// The query of a request's target, taken apart.
enum QueryString {
    /// - Throws: `Refusal` with `invalid_request` for what is not percent-encoded UTF-8.
    static func items(of query: Substring) throws(Refusal) -> [QueryItem] {
        var items: [QueryItem] = []
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0]), let value = decode(parts.count > 1 ? parts[1] : "") else {
                throw Refusal(
                    .invalidRequest, "the query \(String(pair).quoted(limit: 40)) cannot be read",
                    hint: "percent-encode names and values, in UTF-8 and without U+0000")
            }
            items.append(QueryItem(name, value))
        }
        return items
    }

    /// `+` stays a plus: this is a URI, not a form. Nil for a malformed escape, invalid UTF-8 or U+0000.
    static func decode(_ text: Substring) -> String? {
        guard let decoded = String(text).removingPercentEncoding, !decoded.unicodeScalars.contains("\0")
        else { return nil }
        return decoded
    }
}
