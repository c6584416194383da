import MayflyCore
import Testing

@testable import MayflyServer

@Suite("What a caller is told")
struct RefusalTests {
    @Test(
        "An ordinary answer of the guard is not a guard in trouble",
        arguments: [
            ("MF002", Refusal.Code.guardError), ("MF004", .conflict), ("MF005", .ttlAboveMaximum),
            ("MF006", .tooManyActive), ("MF007", .tooManyActive), ("MF008", .conflict), ("MF012", .conflict),
        ])
    func guardCodes(_ code: String, _ expected: Refusal.Code) {
        let database = DatabaseName(rawValue: "orders")!  // a literal that is a name
        let refusal = Refusal(EngineFailure(.refusedByGuard, code: code, "no"), database: database)
        #expect(refusal.code == expected)
        #expect(refusal.hint != nil)
    }

    @Test(
        "Who asks learns nothing of hosts, accounts and paths",
        arguments: [
            EngineFailure(.unreachable, "db1.internal:5432: no route to 10.1.2.3"),
            EngineFailure(
                .notAuthenticated, code: "28P01", "db1.internal: refused for mayfly", hint: "see /etc/mayfly"),
            EngineFailure(.overloaded, code: "53300", "db1.internal: too many"),
            EngineFailure(.readOnly, "db1.internal is a standby"),
            EngineFailure(.guardUnusable, code: "3D000", "db1.internal: no database mayfly"),
            EngineFailure(.invalid, "there is no file /etc/mayfly/orders.password"),
        ])
    func hidden(_ failure: EngineFailure) {
        let database = DatabaseName(rawValue: "orders")!  // a literal that is a name
        let refusal = Refusal(failure, database: database)
        for text in [refusal.message, refusal.hint ?? "", failure.publicDescription] {
            #expect(!text.contains("internal") && !text.contains("/etc") && !text.contains("10.1"), "\(text)")
        }
    }
}
