import Foundation
import MayflyCore

/// A secret on its way to the app of its owner: said once, in one reply.
package struct EnrolledSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// Base32.
    let secret: String
    let issuer: String
    let account: String
    let enrolment: MFAEnrolment

    init(_ secret: String, issuer: String, user: String, of enrolment: MFAEnrolment) {
        self.secret = secret
        self.issuer = issuer
        // A colon parts issuer and account.
        account = user.replacing(":", with: "-")
        self.enrolment = enrolment
    }

    /// As authenticator apps take it from a QR code: https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    package var uri: String {
        let issuer = Self.escaped(issuer)
        return "otpauth://totp/\(issuer):\(Self.escaped(account))?secret=\(secret)&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=6&period=30"
    }

    package var description: String { "the secret of enrolment \(enrolment.id)" }
    package var customMirror: Mirror { Mirror(self, children: ["enrolment": enrolment.id]) }

    private static func escaped(_ text: String) -> String {
        // RFC 3986's unreserved characters stay.
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? "user"
    }
}
