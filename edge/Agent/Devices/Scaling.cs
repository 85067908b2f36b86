namespace Monitoring.Agent.Devices;

/// <summary>Value = raw × Scale + Offset in decimals, then the double next to it.</summary>
public readonly record struct Scaling
{
    public static readonly Scaling None = new(1, 0);

    /// <summary>Whole numbers below it and powers of ten up to that one are exact.</summary>
    private const long ExactMax = 1L << 53;
    private const int PowerMax = 22;

    // Scale and offset as whole numbers over a power of ten. With an exact whole number above it
    // too, the quotient is the double that the decimals end in, at a tenth of the cost.
    private readonly long _factor;
    private readonly long _addend;
    private readonly double _power;

    /// <summary>Raw numbers up to here stay exact; negative: none do.</summary>
    private readonly long _rawMax = -1;

    public Scaling(decimal scale, decimal offset)
    {
        (Scale, Offset, IsNone) = (scale, offset, scale == 1 && offset == 0);
        int places = Math.Max(scale.Scale, offset.Scale);
        if (places <= PowerMax && Whole(scale, places) is { } factor and not 0
            && Whole(offset, places) is { } addend)
        {
            (_factor, _addend, _power) = (factor, addend, Math.Pow(10, places));
            _rawMax = (ExactMax - 1 - Math.Abs(addend)) / Math.Abs(factor);
        }
    }

    public decimal Scale { get; }

    public decimal Offset { get; }

    public bool IsNone { get; }

    public double Of(long raw)
    {
        if (raw >= -_rawMax && raw <= _rawMax)
        {
            // The decimals have a sign of zero, too.
            var whole = raw * _factor + _addend;
            if (whole != 0)
            {
                return whole / _power;
            }
        }

        return (double)(raw * Scale + Offset);
    }

    public double Of(double raw) => raw * (double)Scale + (double)Offset;

    /// <summary>The number times that power of ten; null: it is too large.</summary>
    private static long? Whole(decimal number, int places)
    {
        for (; places > 0 && Math.Abs(number) < ExactMax; places--)
        {
            number *= 10;
        }

        return Math.Abs(number) < ExactMax ? (long)number : null;
    }
}
