import Foundation
import MayflyCrypto

/// What proves to a webhook's server who sent a body, and when: `t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY`.
///
/// The moment is under the signature, so that what somebody recorded is not taken from them much later.
struct DeliverySignature {
    let header: String

    init(_ body: [UInt8], at now: Date, key: borrowing HMACKey) throws(DeliveryFailure) {
        let seconds = Int64(now.timeIntervalSince1970)
        do {
            let code = try key.code(for: Array("\(seconds).".utf8) + body)
            let digits = Array("0123456789abcdef".utf8)
            let hex = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            header = "t=\(seconds),v1=" + String(decoding: hex, as: UTF8.self)
        } catch { throw .internal }
    }
}
