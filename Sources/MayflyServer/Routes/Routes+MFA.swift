import MayflyAPI
import MayflyCore

/// The caller's second factor; and another's, for administrators.
extension Routes {
    func mfa(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            try .json(MFAStatus(try await broker.mfaStanding(of: identity), identity))
        }
    }

    func enrollMFA(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        try Self.noBody(call)
        return .identified { broker, identity throws(Refusal) in
            try .json(MFASecret(try await broker.enrol(by: identity)), status: 201)
        }
    }

    func confirmMFA(_ call: Call) throws(Refusal) -> Action {
        let text = try call.body(as: ConfirmMFARequest.self).required(.code)
        guard let code = OneTimeCode(text) else {
            throw Refusal(.invalidRequest, "code is not a code", field: "code", hint: "six digits")
        }
        return .identified { broker, identity throws(Refusal) in
            try .json(MFAStatus(try await broker.confirmEnrolment(code, by: identity), identity))
        }
    }

    func resetMFA(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: ResetMFARequest.self)
        let name = try body.required(.who)
        let reason = try Reason(parsing: try body.required(.reason))
        return .identified { broker, identity throws(Refusal) in
            let user = try await account(name)
            return try .json(
                MFAStatus(try await broker.resetMFA(of: name, user, reason: reason, by: identity), user))
        }
    }

    /// Who `user:NAME`, `uid:NUMBER` or `NAME` is. An account that was deleted still has a uid.
    private func account(_ name: String) async throws(Refusal) -> Identity? {
        let text = name.contains(":") ? name : "user:\(name)"
        do {
            if let found = try await directory.identity(named: text) { return found }
        } catch {
            throw Refusal(.timedOut, "\(error)", field: "who", hint: "try again in a moment")
        }
        guard case .uid(let uid) = Principal(text) else { return nil }
        return Identity(uid: uid, user: "uid:\(uid)", groups: [], pid: nil)
    }
}
