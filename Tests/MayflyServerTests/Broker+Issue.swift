import MayflyCore
import MayflyServer

extension Broker {
    /// For profiles that nobody has to approve.
    func issue(_ request: LeaseRequest, by identity: Identity, idempotencyKey: String?)
        async throws(Refusal) -> Issued
    {
        switch try await ask(request, by: identity, idempotencyKey: idempotencyKey) {
        case .issued(let issued): return issued
        case .waiting(let request):
            throw Refusal(.conflict, "request \(request.id) is \(request.state.rawValue)")
        }
    }
}
