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
}
