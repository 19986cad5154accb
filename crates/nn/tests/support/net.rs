//! ONNX files made in tests.

use prost::Message;
use sotto_nn::onnx::proto;

/// A network under construction: a chain of nodes with random weights, branches by name.
pub(crate) struct Net {
    graph: proto::Graph,
    seed: u64,
    last: String,
    channels: i64,
}

pub(crate) fn list(name: &str, ints: &[i64]) -> proto::Attribute {
    proto::Attribute { name: name.into(), ints: ints.to_vec(), ..Default::default() }
}

pub(crate) fn int(name: &str, i: i64) -> proto::Attribute {
    proto::Attribute { name: name.into(), i, ..Default::default() }
}

/// Numbers from −1 to 1.
pub(crate) fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0
}

impl Net {
    /// A network that reads `x` of `[1, shape…]`.
    pub(crate) fn new(seed: u64, shape: &[i64]) -> Self {
        let dims = std::iter::once(1).chain(shape.iter().copied());
        let dim = dims.map(|d| proto::Dimension { dim_value: Some(d), dim_param: None }).collect();
        let tensor_type = Some(proto::TensorType { elem_type: 1, shape: Some(proto::Shape { dim }) });
        let input = proto::ValueInfo { name: "x".into(), r#type: Some(proto::Type { tensor_type }) };
        let graph = proto::Graph { name: "net".into(), input: vec![input], ..Default::default() };
        Self { graph, seed, last: "x".into(), channels: shape[0] }
    }

    /// The name of the last node's output.
    pub(crate) fn last(&self) -> String {
        self.last.clone()
    }

    /// Continues from an earlier value of that many channels.
    pub(crate) fn from(&mut self, value: &str, channels: i64) -> &mut Self {
        (self.last, self.channels) = (value.into(), channels);
        self
    }

    /// A node that reads the last value, then `more`.
    pub(crate) fn node(&mut self, op: &str, more: &[&str], attribute: Vec<proto::Attribute>) -> &mut Self {
        let output = format!("{}{}", op.to_lowercase(), self.graph.node.len());
        let input = std::iter::once(self.last.clone()).chain(more.iter().map(|&s| s.into())).collect();
        let node = proto::Node {
            op_type: op.into(),
            name: output.clone(),
            input,
            output: vec![output.clone()],
            attribute,
            ..Default::default()
        };
        self.graph.node.push(node);
        self.last = output;
        self
    }

    /// A stored tensor; returns its name.
    pub(crate) fn store(&mut self, dims: &[i64], data: Vec<f32>) -> String {
        let name = format!("t{}", self.graph.initializer.len());
        let tensor = proto::Tensor {
            name: name.clone(),
            dims: dims.to_vec(),
            data_type: 1,
            float_data: data,
            ..Default::default()
        };
        self.graph.initializer.push(tensor);
        name
    }

    fn random(&mut self, dims: &[i64], low: f64, high: f64) -> String {
        let count = dims.iter().product::<i64>();
        let data = (0..count).map(|_| (low + (high - low) * (random(&mut self.seed) + 1.0) / 2.0) as f32).collect();
        self.store(dims, data)
    }

    /// `Conv` with weights that keep the size of values.
    pub(crate) fn conv(
        &mut self,
        outputs: i64,
        kernel: &[i64],
        groups: i64,
        mut attribute: Vec<proto::Attribute>,
    ) -> &mut Self {
        let dims: Vec<i64> = [outputs, self.channels / groups].into_iter().chain(kernel.iter().copied()).collect();
        let limit = (6.0 / dims[1..].iter().product::<i64>() as f64).sqrt();
        let (weight, bias) = (self.random(&dims, -limit, limit), self.random(&[outputs], -0.2, 0.2));
        attribute.push(int("group", groups));
        self.channels = outputs;
        self.node("Conv", &[&weight, &bias], attribute)
    }

    /// `BatchNormalization` with statistics near those of a network in training.
    pub(crate) fn norm(&mut self) -> &mut Self {
        let ranges = [(0.7, 1.3), (-0.3, 0.3), (-0.3, 0.3), (0.5, 1.5)];
        let names = ranges.map(|(low, high)| self.random(&[self.channels], low, high));
        self.node("BatchNormalization", &[&names[0], &names[1], &names[2], &names[3]], vec![])
    }

    /// `Flatten`, then `Gemm` from that many features.
    pub(crate) fn gemm(&mut self, inputs: i64, outputs: i64) -> &mut Self {
        let limit = (6.0 / inputs as f64).sqrt();
        let (weight, bias) = (self.random(&[outputs, inputs], -limit, limit), self.random(&[outputs], -0.2, 0.2));
        self.node("Flatten", &[], vec![]).node("Gemm", &[&weight, &bias], vec![int("transB", 1)])
    }

    /// `Clip` at 0 and 6.
    pub(crate) fn relu6(&mut self) -> &mut Self {
        let (low, high) = (self.store(&[], vec![0.0]), self.store(&[], vec![6.0]));
        self.node("Clip", &[&low, &high], vec![])
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut graph = self.graph.clone();
        graph.output = vec![proto::ValueInfo { name: self.last.clone(), r#type: None }];
        let opset_import = vec![proto::OperatorSet { domain: String::new(), version: 17 }];
        proto::Model { ir_version: 8, graph: Some(graph), opset_import }.encode_to_vec()
    }
}
