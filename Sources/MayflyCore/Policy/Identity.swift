/// Who is at the other end of the socket, as the kernel says; and, with a token, who its bearer is.
///
/// The uid is authority; the pid is colour for the audit (pids are reused). With a token the token decides.
package struct Identity: Hashable, Sendable, Codable {
    package let uid: UInt32
    /// The user's name by NSS; `uid:1234` where there is none.
    package let user: String
    /// The names of all groups of the user by NSS.
    package let groups: Set<String>
    package let pid: Int32?
    /// What a verified token says; nil when the call came with none.
    package var token: TokenIdentity?
    /// The second factor that was checked for this call.
    package var mfa: MFAProof?
    /// The call that it came with. Colour only, as the pid: it is no part of who somebody is.
    package var call: CallTrace?

    /// Not the call.
    private enum CodingKeys: String, CodingKey {
        case uid, user, groups, pid, token, mfa
    }

    package init(
        uid: UInt32, user: String, groups: Set<String>, pid: Int32?, token: TokenIdentity? = nil,
        mfa: MFAProof? = nil, call: CallTrace? = nil
    ) {
        self.uid = uid
        self.user = user
        self.groups = groups
        self.pid = pid
        self.token = token
        self.mfa = mfa
        self.call = call
    }

    package static func == (a: Identity, b: Identity) -> Bool {
        a.uid == b.uid && a.user == b.user && a.groups == b.groups && a.pid == b.pid && a.token == b.token
            && a.mfa == b.mfa
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(uid)
        hasher.combine(user)
        hasher.combine(groups)
        hasher.combine(pid)
        hasher.combine(token)
        hasher.combine(mfa)
    }

    /// Stands for this identity on record: `sub:ISSUER:SUBJECT` with a token, else `uid:1001`.
    package var key: String {
        token.map { "sub:\($0.issuer):\($0.subject)" } ?? "uid:\(uid)"
    }

    /// For people who look at a server: the user, and with a token who its bearer is.
    package var shown: String { token == nil ? user : "\(user) \(key)" }

    /// A job with a signed identity, not a human being.
    package var isMachine: Bool { token != nil }

    /// As the kernel alone sees it.
    package var ofSocket: Identity { Identity(uid: uid, user: user, groups: groups, pid: pid) }
}
