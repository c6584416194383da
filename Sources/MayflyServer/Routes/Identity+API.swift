import MayflyAPI
import MayflyCore

extension WhoAmI {
    init(_ identity: Identity, roles: Set<Authority>, mfa: MFAState?) {
        self.init(
            user: identity.user, uid: identity.uid, groups: identity.groups.sorted(),
            roles: Authority.allCases.filter(roles.contains).map { CallerRole($0) }, pid: identity.pid,
            mfa: mfa)
    }
}

extension CallerRole {
    init(_ authority: Authority) {
        switch authority {
        case .administrator: self = .administrator
        case .auditor: self = .auditor
        }
    }
}
