import HTTPTypes
import MayflyAPI
import MayflyCore

/// The `Idempotency-Key` header: 1 to 128 visible ASCII characters, once.
enum IdempotencyKey {
    static func read(_ headers: HTTPFields) throws(Refusal) -> String? {
        let values = headers[values: .idempotencyKey]
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...128).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Refusal(
                .invalidRequest, "\(MayflyHeader.idempotencyKey) is not valid",
                field: MayflyHeader.idempotencyKey,
                hint: "1 to 128 visible ASCII characters, such as a random UUID, given once")
        }
        return key
    }
}
