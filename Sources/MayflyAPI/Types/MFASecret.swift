/// The secret of a new second factor, for an authenticator app. It is there only this once.
public struct MFASecret: WireObject {
    /// Base32, 160 bits.
    public var secret: String
    /// The same as an `otpauth://` URI, which apps read from a QR code.
    public var uri: String
    /// What the app calls us.
    public var issuer: String
    /// What the app calls the account.
    public var account: String
    /// How many digits a code has.
    public var digits: Int
    /// How long a code lasts, in seconds.
    public var periodSeconds: Int

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case secret
        case uri
        case issuer
        case account
        case digits
        case periodSeconds = "period_seconds"
    }

    public init(
        secret: String, uri: String, issuer: String, account: String, digits: Int, periodSeconds: Int
    ) {
        self.secret = secret
        self.uri = uri
        self.issuer = issuer
        self.account = account
        self.digits = digits
        self.periodSeconds = periodSeconds
    }
}

extension MFASecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Safe to show to anyone: without the secret.
    public var description: String { "second factor of \(account) for \(issuer)" }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["issuer": issuer, "account": account]) }
}
