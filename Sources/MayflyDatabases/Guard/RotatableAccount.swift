package import MayflyCore
package import SQLClients

/// The broker's own account on a server, as far as its password goes.
package protocol RotatableAccount: Sendable {
    /// Whether the account gets in with it.
    ///
    /// - Throws: when that could not be found out.
    func takes(_ password: AccountPassword) async throws(EngineFailure) -> Bool

    /// Gives the account another password. The statement has a verifier or hash of it only.
    func setPassword(_ new: AccountPassword, by changer: AccountChanger) async throws(EngineFailure)
}

/// Who changes the password of the broker's account.
package enum AccountChanger: Sendable {
    /// The account, with the password that it has.
    case itself(AccountPassword)
    /// Somebody who may change accounts; without a password where the server asks for none.
    case dba(user: String, password: AccountPassword?)
}
