import MayflyAPI
import Testing

@Suite struct RouteTests {
    @Test(arguments: [
        ("abc", "/v1/leases/abc"), ("a/b", "/v1/leases/a%2Fb"), ("..", "/v1/leases/%2E%2E"),
        ("a?b#c", "/v1/leases/a%3Fb%23c"), ("ü\n", "/v1/leases/%C3%BC%0A"), ("", "/v1/leases/"),
    ])
    func `an id cannot become another path`(id: String, path: String) {
        #expect(Route.showLease.path(id: id) == path)
    }

    @Test func `no two routes share a method and a path`() {
        #expect(Set(Route.allCases.map { "\($0.method) \($0.path)" }).count == Route.allCases.count)
    }
}
