import MayflyCore

extension Lease.EndReason {
    /// Why a lease ended, for people.
    var words: String {
        switch self {
        case .expired: "expired"
        case .revoked: "revoked"
        case .roleMissing: "the server was found without the role"
        case .undone: "undone: the reply could not be given, or the record not be written"
        case .tetherLost: "the command that held it was gone without a word"
        case .lockdown: "revoked by a lockdown"
        case .altered: "its role was altered by somebody else"
        case .scopeChanged: "its profile was given another scope"
        }
    }
}
