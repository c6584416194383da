import Foundation
package import MayflyAPI
package import MayflyCore
import MayflyCrypto

/// A pack, the bytes that stand for it, and what is signed of them.
package struct SealedPack: Sendable {
    package let pack: AccessReviewPack
    /// UTF-8 JSON on one line, members sorted by their names, without blanks, slashes as they are.
    package let bytes: [UInt8]
    /// In hexadecimal.
    package let sha256: String

    package init(_ pack: AccessReviewPack) throws(Refusal) {
        self.pack = pack
        do {
            bytes = [UInt8](try MayflyJSON.encoder().encode(pack))
            sha256 = try SHA256Digest(hashing: bytes).hex
        } catch {
            throw Refusal(.internal, "the pack could not be written")
        }
    }
}
