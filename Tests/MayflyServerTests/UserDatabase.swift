import Glibc
import MayflyServer
import Synchronization

/// A user database that tests move people about in, and break.
final class UserDatabase: Sendable {
    private let accounts: Mutex<[UInt32: Account]>
    private let broken = Mutex(false)

    init(_ accounts: [UInt32: Account]) { self.accounts = Mutex(accounts) }

    func put(_ uid: UInt32, _ user: String, in groups: Set<String>) {
        accounts.withLock { $0[uid] = Account(user: user, groups: groups) }
    }

    func breakDown(_ isBroken: Bool) { broken.withLock { $0 = isBroken } }

    var names: NameService {
        NameService(account: { uid throws(NameService.Failure) in
            if self.broken.withLock({ $0 }) { throw NameService.Failure(errno: EIO) }
            return self.accounts.withLock { $0[uid] }
        })
    }
}
