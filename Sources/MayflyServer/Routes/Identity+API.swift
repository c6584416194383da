import MayflyAPI
import MayflyCore

extension WhoAmI {
    init(_ identity: Identity, roles: Set<Authority>, mfa: MFAState?) {
        self.init(
            user: identity.user, uid: identity.uid, groups: identity.groups.sorted(),
            roles: Authority.allCases.filter(roles.contains).map { CallerRole($0) }, pid: identity.pid,
            mfa: mfa,
            token: identity.token.map {
                TokenBearer(issuer: $0.issuer, subject: $0.subject, id: $0.id, expiresAt: $0.expiresAt)
            })
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
