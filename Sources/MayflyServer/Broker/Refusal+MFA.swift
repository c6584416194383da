import Foundation
import MayflyCore

extension Refusal {
    /// What the caller is told of a code; nil for one that was accepted.
    init?(_ presentation: MFAEnrolment.Presentation, now: Date) {
        switch presentation {
        case .accepted: return nil
        case .used:
            self.init(
                .mfaInvalid, "this code, or one after it, was used already: each works once", field: "code",
                hint:
                    "wait for the next one; a call whose reply was lost is repeated with the same key and a new code"
            )
        case .wrong(let left):
            self.init(
                .mfaInvalid, "the code is wrong", field: "code",
                hint:
                    "\(left) more and none is taken for a while; codes go by the time: is your phone's right?"
            )
        case .lockedOut(let until), .locked(let until):
            let seconds = max(1, Int(until.timeIntervalSince(now).rounded(.up)))
            self.init(
                .mfaLocked,
                "after too many wrong codes none is taken before \(AuditEncoding.timestamp(until))",
                field: "code", hint: "if that was not you, tell an administrator",
                figures: ["retry_after_seconds": seconds])
        case .expired:
            self.init(
                .mfaInvalid, "you enrolled longer ago than the 15 minutes in which the first code is taken",
                field: "code", hint: "`mayfly mfa enroll` makes another secret")
        case .impossible(.pending):
            self.init(
                .mfaInvalid, "your second factor is not confirmed", field: "code",
                hint: "`mayfly mfa confirm CODE` does that")
        case .impossible(.active):
            self.init(.conflict, "your second factor is confirmed already", field: "code")
        case .impossible(.removed):
            self.init(
                .mfaInvalid, "you have no second factor", field: "code",
                hint: "`mayfly mfa enroll` sets one up")
        }
    }
}
