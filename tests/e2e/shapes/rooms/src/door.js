// CommonJS: the authorizer.
exports.handler = async ({ headers, methodArn }) => {
  const [, principalId] = headers.Authorization.split(" ");
  if (principalId === "nobody") throw new Error("Unauthorized");
  const Statement = [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: methodArn }];
  return { principalId, policyDocument: { Version: "2012-10-17", Statement } };
};
