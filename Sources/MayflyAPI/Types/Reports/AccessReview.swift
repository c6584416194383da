/// A pack to review the access to one database by, and what was signed off before.
public struct AccessReview: WireObject {
    /// What is to be looked at.
    public var pack: AccessReviewPack
    /// SHA-256 of the pack in its canonical form: UTF-8 JSON on one line, members sorted by their names,
    /// without blanks, slashes as they are. What is signed off.
    public var sha256: String
    /// Former sign-offs of this database, newest first.
    public var signOffs: [SignOff]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case pack
        case sha256
        case signOffs = "sign_offs"
    }

    public init(
        pack: AccessReviewPack, sha256: String, signOffs: [SignOff]
    ) {
        self.pack = pack
        self.sha256 = sha256
        self.signOffs = signOffs
    }
}
