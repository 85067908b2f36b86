using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// An hourly formula of 40 CFR Part 75 by the code with which a monitoring plan names it.
/// </summary>
/// <param name="Parameter">What it gives, by its ECMPS code; decides the rounding.</param>
/// <param name="Text">As a person computes it.</param>
/// <param name="Takes">All of its inputs.</param>
/// <param name="Compute">Unrounded; null where an input is missing or a divisor is not above 0.
/// </param>
public sealed record HourlyFormula(
    string Code, string Parameter, string Text, ImmutableArray<GasInput> Takes,
    Func<GasHour, decimal?> Compute)
{
    /// <summary>The numbers of the formula itself.</summary>
    public ImmutableArray<Constant> Constants { get; init; } = [];

    /// <summary>
    /// Before it is rounded; a result below 0 is 0, since no gas comes back out of the air.
    /// </summary>
    public decimal? Of(Func<GasInput, decimal?> inputs) =>
        Compute(new GasHour(inputs)) is { } value ? Math.Max(0, value) : null;
}
