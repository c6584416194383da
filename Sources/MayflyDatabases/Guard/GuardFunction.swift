/// A function of the guard that takes a batch and answers a row per member.
enum GuardFunction: String {
    case issue = "mayfly.issue"
    case renew = "mayfly.renew"
    case replaceVerifier = "mayfly.replace_verifier"
    case find = "mayfly.find"
    case lock = "mayfly.lock"
    case terminate = "mayfly.terminate"
    case hanging = "mayfly.hanging"
    case drop = "mayfly.drop"
    case clean = "mayfly_cleanup.clean"

    /// Whether members are made rather than ended, which decides who waits for whom.
    var purpose: PoolPurpose {
        switch self {
        case .issue, .renew, .replaceVerifier: .making
        case .find, .lock, .terminate, .hanging, .drop, .clean: .ending
        }
    }
}
