/// A function of the guard that takes a batch and answers a row per member.
enum GuardFunction: String {
    case issue = "mayfly.issue"
    case renew = "mayfly.renew"
    case replaceVerifier = "mayfly.replace_verifier"
    case find = "mayfly.find"
    case lock = "mayfly.lock"
    case terminate = "mayfly.terminate"
    case endSession = "mayfly.end_session"
    case statements = "mayfly.statements"
    case hanging = "mayfly.hanging"
    case drop = "mayfly.drop"
    case clean = "mayfly_cleanup.clean"
    /// MariaDB and MySQL.
    case effective = "mayfly.effective"
    case narrow = "mayfly_narrowing.narrow"
    case preview = "mayfly_narrowing.preview"
    case reassign = "mayfly_cleanup.reassign"
    case leftBehind = "mayfly_cleanup.left_behind"

    /// How often a member that collided with another transaction is tried again. The end of a lease is tried again
    /// by whoever asked for it: meanwhile others wait.
    var retries: Int {
        switch self {
        case .issue, .renew, .replaceVerifier, .find, .terminate, .endSession, .statements, .hanging, .clean,
            .effective,
            .narrow,
            .preview, .leftBehind:
            4
        case .lock, .drop, .reassign: 1
        }
    }

    /// Whether members are made rather than ended, which decides who waits for whom.
    var purpose: PoolPurpose {
        switch self {
        case .issue, .renew, .replaceVerifier: .making
        // The pool of narrowing has one place, and is used for nothing else.
        case .find, .lock, .terminate, .endSession, .statements, .hanging, .drop, .clean, .effective, .narrow,
            .preview,
            .reassign,
            .leftBehind:
            .ending
        }
    }
}
