import MayflyCore
import MayflyStore
import MayflyTesting
import Testing

@Suite("What every store promises")
struct StoreConformanceTests {
    @Test("SQLite", arguments: StoreConformance.all)
    func sqlite(_ promise: StoreConformance) async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 1 << 16))
            try await promise.check(store)
            await store.close()
        }
    }

    @Test("In memory, the fake of the other suites", arguments: StoreConformance.all)
    func inMemory(_ promise: StoreConformance) async throws {
        try await promise.check(InMemoryStore())
    }
}
