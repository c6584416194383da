/// A pack as it was signed off.
public struct SignedPack: WireObject {
    /// Who signed it off, and when.
    public var signOff: SignOff
    /// The very bytes whose SHA-256 was signed: the JSON of an AccessReviewPack.
    public var pack: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case signOff = "sign_off"
        case pack
    }

    public init(
        signOff: SignOff, pack: String
    ) {
        self.signOff = signOff
        self.pack = pack
    }
}
