namespace Monitoring.Tests.Simulation;

/// <summary>The only source of chance in a world: the same seed throws the same.</summary>
public sealed class Dice(int seed)
{
    private readonly Random _random = new(seed);

    public bool Hits(double probability) => _random.NextDouble() < probability;

    /// <summary>From <paramref name="from"/> to below <paramref name="below"/>.</summary>
    public int Next(int from, int below) => _random.Next(from, below);

    public T Pick<T>(params ReadOnlySpan<T> of) => of[_random.Next(of.Length)];

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>For one who throws by itself, such as a limit of the product.</summary>
    public Random Own() => new(_random.Next());

    /// <summary>
    /// A probability of its own for each world: often none at all, else anything up to the most,
    /// and small ones as often as great ones.
    /// </summary>
    public double Odds(double most) =>
        Hits(0.3) ? 0 : most * Math.Pow(0.03, _random.NextDouble());
}
