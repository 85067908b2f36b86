namespace Monitoring.Tests.Core.Model;

/// <summary>What an instrument said at one instant, in quarters, which a double holds.</summary>
/// <param name="Member">Whose stack it is.</param>
/// <param name="Offset">Its place in the gateway's journal, from 1 on.</param>
/// <param name="IsGas">Of the analyser; otherwise of the flow meter.</param>
/// <param name="IsBad">One of its points has no usable value.</param>
/// <param name="Quarters">Of NOx; or of flow, temperature and pressure.</param>
internal sealed record Measured(
    int Member, long Offset, bool IsGas, long TimeMs, bool IsBad, int[] Quarters);

/// <summary>What a gateway measures: windows of instants, some missing, some bad.</summary>
internal sealed class Instruments(int member, Random random)
{
    public const int CycleMs = 2_000;
    public const int WindowMs = 10_000;

    private readonly List<Measured> _journal = [];

    /// <summary>From here on the journal still has its records.</summary>
    public long First { get; private set; } = 1;

    public long Last => _journal.Count;

    public Measured At(long offset) => _journal[(int)(offset - 1)];

    public void Measure(long windowMs)
    {
        var isGasDead = random.Next(15) == 0;
        var isFlowDead = random.Next(15) == 0;
        for (var timeMs = windowMs; timeMs < windowMs + WindowMs; timeMs += CycleMs)
        {
            Append(isGasDead, true, timeMs + 1, [random.Next(40, 600)]);
            Append(
                isFlowDead, false, timeMs + 2,
                [random.Next(1, 40_000_000), random.Next(-40, 1_200), random.Next(360, 440)]);
        }
    }

    /// <summary>The journal is full and gives up its oldest records.</summary>
    public void GiveUp(long first) => First = first;

    private void Append(bool isDead, bool isGas, long timeMs, int[] quarters)
    {
        if (isDead || random.Next(12) == 0)
        {
            return;
        }

        _journal.Add(new Measured(
            member, _journal.Count + 1, isGas, timeMs, random.Next(15) == 0, quarters));
    }
}
