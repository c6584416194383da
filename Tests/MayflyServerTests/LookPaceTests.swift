import MayflyServer
import Testing

@Suite struct LookPaceTests {
    private func rest(after looks: [Double], isEager: Bool = false) -> Double {
        var pace = LookPace()
        for look in looks { pace.looked(for: look) }
        return pace.rest(isEager: isEager)
    }

    @Test(
        "Looking takes a hundredth of the time, by the cheapest of the last five looks, and more only for new leases"
    )
    func share() {
        #expect(rest(after: []) == 0)
        #expect(abs(rest(after: [0.05]) - 5) < 0.001)
        #expect(abs(rest(after: [0.05], isEager: true) - 0.5) < 0.001)
        // One that had to connect first makes nobody blind.
        #expect(abs(rest(after: [0.01, 0.9]) - 1) < 0.001)
        #expect(abs(rest(after: [0.01, 0.1, 0.1, 0.1, 0.1, 0.1]) - 10) < 0.001)
    }

    @Test("Who makes the server slow is looked at all the same")
    func longest() {
        #expect(rest(after: [4, 4, 4, 4, 4]) == 15 && rest(after: [4, 4], isEager: true) == 15)
    }
}
