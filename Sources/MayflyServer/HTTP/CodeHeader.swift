import HTTPTypes
import MayflyAPI
import MayflyCore

/// The `Mayfly-Code` header: six digits, once, on a call that takes one.
enum CodeHeader {
    /// - Throws: `invalid_request`, which never repeats what was sent.
    static func read(_ headers: HTTPFields, for route: Route) throws(Refusal) -> OneTimeCode? {
        let values = headers[values: .mayflyCode]
        guard let text = values.first else { return nil }
        guard route.takesCode else {
            throw Refusal(
                .invalidRequest, "this call takes no code", field: MayflyHeader.code,
                hint: "leave the header out: the code is not used up")
        }
        guard values.count == 1, let code = OneTimeCode(text) else {
            throw Refusal(
                .invalidRequest, "\(MayflyHeader.code) is not a code", field: MayflyHeader.code,
                hint: "six digits, given once")
        }
        return code
    }
}
