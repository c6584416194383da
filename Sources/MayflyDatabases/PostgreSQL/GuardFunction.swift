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

    /// The call, with the batch as its one bound value. Times come as seconds since 1970, so that nothing depends
    /// on a format of dates.
    var statement: String {
        let times =
            switch self {
            case .issue, .renew, .replaceVerifier, .find:
                ", extract(epoch FROM valid_until)::text AS valid_until_epoch"
            case .lock, .terminate, .hanging, .drop, .clean: ""
            }
        return "SELECT *\(times) FROM \(rawValue)($1::jsonb) ORDER BY ordinal"
    }

    /// Whether members are made rather than ended, which decides who waits for whom.
    var purpose: PostgreSQLPool.Purpose {
        switch self {
        case .issue, .renew, .replaceVerifier: .making
        case .find, .lock, .terminate, .hanging, .drop, .clean: .ending
        }
    }
}
